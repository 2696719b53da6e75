# A failure counts when it has lasted for as many cycles as are asked for.
file f
  0123456789
control
  check file f path @D@/f
    if size > 5 B for 3 cycles then exec "/bin/true"
start
log 'f' size test failed for @D@/f -- current size is 11 B
log 'f' size test failed for @D@/f -- current size is 11 B
log 'f' size test failed for @D@/f -- current size is 11 B
log 'f' exec:
status f Size failed
stop
