# A process is known by its pidfile; when it is gone it is started within a cycle.
service web
control
  check process web with pidfile @D@/web.pid
    start program = "@D@/web start"
    stop program = "@D@/web stop"
start
log 'web' process is not running
log 'web' trying to restart
log 'web' start:
log 'web' process is running with pid
status web OK
called web start
kill web
log 'web' process is not running
log 'web' start:
log 'web' process is running with pid
status web OK
stop
