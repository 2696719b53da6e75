file f
  x
control
  check file f path @D@/f
    if size > 100 B then exec "/bin/sh -c 'echo $MONIT_SERVICE $MONIT_EVENT >> @D@/calls'"
start
status f OK
append f 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
log 'f' size test failed for @D@/f
log 'f' exec:
called f Size failed
stop
