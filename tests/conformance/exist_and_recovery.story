# Missing, made again: a failure and a recovery.
control
  check file f path @D@/f
start
log 'f' file doesn't exist
status f Does not exist
file f
  x
log 'f' file exists
status f OK
stop
