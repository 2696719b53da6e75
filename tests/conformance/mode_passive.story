# A passive service is told of and not started.
service web
control
  check process web with pidfile @D@/web.pid
    start program = "@D@/web start"
    mode passive
start
log 'web' process is not running
status web Does not exist
stop
never 'web' start:
never trying to restart
