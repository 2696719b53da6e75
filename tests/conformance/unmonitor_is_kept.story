# Who was told not to be monitored stays so when Monit is started again.
file f
  x
control
  check file f path @D@/f
  check file g path @D@/f
start
status f OK
run unmonitor f
exit 0
status f Not monitored
stop
start
status g OK
status f Not monitored
run monitor f
status f OK
stop
