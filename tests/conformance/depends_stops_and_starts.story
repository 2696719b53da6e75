# Who depends on another is stopped before it and started after it.
service base
service above
control
  check process base with pidfile @D@/base.pid
    start program = "@D@/base start"
    stop program = "@D@/base stop"
  check process above with pidfile @D@/above.pid
    start program = "@D@/above start"
    stop program = "@D@/above stop"
    depends on base
start
status base OK
status above OK
run stop base
exit 0
log 'above' stop:
log 'base' stop:
status above Not monitored
status base Not monitored
run start above
exit 0
log 'base' start:
log 'above' start:
status above OK
status base OK
stop
