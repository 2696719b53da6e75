# What is asked for and cannot be done, with the exit codes that scripts look at.
file f
  x
control
  check file f path @D@/f
run summary
exit 1
says the monit daemon is not running
run quit
says Monit daemon is not running
start
status f OK
run start nobody
exit 1
says There is no service named "nobody"
run status nobody
exit 1
run frobnicate
exit 1
run -V
exit 0
run -t
exit 0
says Control file syntax OK
stop
