# Nobody listens there.
control
  check host here with address 127.0.0.1
    if failed port 1 with timeout 2 seconds then alert
  check host there with address 127.0.0.1
    if failed port @SMTP@ then alert
start
log 'here' failed protocol test [DEFAULT] at [127.0.0.1]:1 [TCP/IP]
status here Connection failed
status there OK
stop
