file f
  x
control
  check file a path @D@/f
    group one
  check file b path @D@/f
    group two
start
status a OK
status b OK
run -g one unmonitor
exit 0
status a Not monitored
status b OK
run -g two unmonitor all
exit 0
status b Not monitored
stop
