# The administrator stops the server: every client hears it at once.
workers 2
client A at 10.0.0.2 nat 198.51.100.9
client B at 10.0.0.3 plain user bob password secret2
dial A
dial B
expect A up within 20s
expect B up within 20s
ping A 10.4.5.1
stop
expect A down within 5s
expect B down within 5s
