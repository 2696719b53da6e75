control
  check process web with pidfile @D@/web.pid
    start program = "/bin/false" with timeout 2 seconds
start
log 'web' process is not running
log 'web' start: '/bin/false'
log 'web' failed to start (exit status 1)
status web Execution failed
stop
