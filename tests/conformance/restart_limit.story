# A service that does not stay is given up after so many restarts.
control
  check process web with pidfile @D@/web.pid
    start program = "/bin/true" with timeout 1 seconds
    if 2 restarts within 5 cycles then unmonitor
start
log 'web' process is not running
log 'web' failed to start
log 'web' service restarted 2 times within 2 cycles(s) - unmonitor
status web Not monitored
stop
