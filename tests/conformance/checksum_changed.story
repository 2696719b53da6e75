# The first sum is silent, a change is told, and its end.
file f
  one
control
  check file f path @D@/f
    if changed checksum then alert
start
status f OK
never checksum
append f two
log 'f' checksum changed to
log 'f' checksum has not changed
status f OK
stop
