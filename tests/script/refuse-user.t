# A user that does not exist sees exactly what a wrong password shows.
client A user mallory password secret1
dial A
expect A down reason auth-failed within 40s
expect A noted "E=691 R=1"
expect explain mallory contains unknown-user
expect server empty within 60s
