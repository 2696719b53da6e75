file f
  12345
mode f 644
control
  check file f path @D@/f
    if size > 1 kB then alert
    if failed permission 644 then alert
start
status f OK
mode f 600
log 'f' permission test failed for @D@/f
status f Permission failed
mode f 644
log 'f' permission test succeeded
status f OK
stop
never size test failed
