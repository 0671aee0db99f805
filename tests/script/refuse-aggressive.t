# A group name is filled in on the client, so it wants Aggressive Mode, which is off: nothing
# leaves the server, and the story says what the client wants and what to do.
client A nat 198.51.100.9 aggressive sales
dial A
expect A down reason timeout within 60s
expect server sessions 0
expect explain 198.51.100.9 contains aggressive-mode-off
expect explain 198.51.100.9 contains sales
expect explain 198.51.100.9 contains "leave that field empty"
expect explain 198.51.100.9 contains "no crypto ikev1 am-disable"
expect server empty within 60s
