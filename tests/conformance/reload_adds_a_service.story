# What was there keeps its state, what is new is checked.
file f
  x
control
  check file f path @D@/f
  check file g path @D@/f
start
status g OK
run unmonitor f
status f Not monitored
control
  check file f path @D@/f
  check file h path @D@/f
run reload
exit 0
status h OK
status f Not monitored
run -B summary
not g OK
stop
