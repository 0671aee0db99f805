# The guest's end of the control channel. The host writes N.cmd (by rename) into
# the control directory; each is run in the background, so that a long one does not
# hold up the next; its output appears as N.out and then, by rename, its exit
# status as N.rc. Output is gathered on tmpfs first: a daemon that a command
# leaves behind keeps its standard output open, and hostfs must not wait for it.

agent_run() { # DIR N
	sh "$1/$2.cmd" >"/run/agent/$2.out" 2>&1 </dev/null
	rc=$?
	cat "/run/agent/$2.out" >"$1/$2.out"
	echo $rc >"$1/$2.rc.tmp"
	mv "$1/$2.rc.tmp" "$1/$2.rc"
}

agent_loop() { # DIR
	mkdir -p /run/agent
	: >"$1/ready"
	n=1
	while :; do
		if [ -e "$1/$n.cmd" ]; then
			agent_run "$1" $n &
			n=$((n + 1))
		else
			sleep 0.05
		fi
	done
}
