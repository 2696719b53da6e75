# The first sum is silent, a change is told, and told once.
file f
  one
control
  check file f path @D@/f
    if changed checksum then alert
start
status f OK
append f two
log 'f' checksum
status f OK
stop
never checksum succeeded
