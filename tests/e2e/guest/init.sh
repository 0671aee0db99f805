#!/bin/sh
# Second half of the guest's boot (lab-init execs it from the control directory):
# a writable /etc on the shared read-only root, the kernel modules, the network,
# and then the agent, which carries out the host's commands for ever.
# Parameters come as words of the kernel's command line: lab_ip, lab_gw, lab_name.

mount_all() {
	mount -t sysfs sysfs /sys
	mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/pts
	mount -t devpts devpts /dev/pts
	for dir in /tmp /var/log; do mount -t tmpfs tmpfs $dir; done
	mkdir -p /run/etc /run/lock /run/xl2tpd
	cp -a /etc/. /run/etc
	mount --bind /run/etc /etc
	mount -t hostfs -o /usr/lib/uml/modules none /lib/modules
}

# All that a client may want, and then no loading on demand: the crypto API asks for
# each template by several names, at 0.2 s apiece, in the middle of the first SA.
load_modules() {
	modprobe -a af_key xfrm_user esp4 esp6 authenc echainiv seqiv cbc ctr gcm ghash-generic \
		hmac cmac xcbc sha512_generic des_generic drbg jitterentropy_rng \
		ppp_generic ppp_async ppp_mppe l2tp_ppp pppox 2>/run/modprobe.log
	echo >/proc/sys/kernel/modprobe
	[ -e /dev/ppp ] || mknod /dev/ppp c 108 0
}

setup_network() {
	hostname "$lab_name"
	ip link set lo up
	ip address add "$lab_ip" dev vec0
	ip link set vec0 up
	[ -z "$lab_gw" ] || ip route add default via "$lab_gw"
}

mount_all
for word in $(cat /proc/cmdline); do
	case $word in lab_ip=* | lab_gw=* | lab_name=*) eval "$word" ;; esac
done
load_modules
setup_network
. /run/ctl/agent.sh
agent_loop /run/ctl
