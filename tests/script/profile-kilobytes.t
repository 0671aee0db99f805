# Windows renews its ESP SAs when their kilobytes are nearly used up, long before the hour is over:
# here 100 kB instead of 250000. Nothing is lost, over and over.
client A nat 198.51.100.9 profile windows10 kb 100
dial A
expect A up within 20s
use A 10.4.5.1 900s every 1s
expect A told esp-worn 2+
expect A told child-up 3+
expect server sessions 1
ping A 10.4.5.1 1372
hangup A
expect A down reason hang-up
expect server empty within 40s
