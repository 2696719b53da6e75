# A control file with an error: where, what, and the exit code.
control
  check file f path @D@/f
    if sise > 5 then alert
run -t
exit 1
says syntax error
says 'sise'
control
  check file f path @D@/f
  check file f path @D@/g
run -t
exit 1
says Service name conflict, f
control
  check process p with pidfile @D@/p
    depends on nobody
run -t
exit 1
says 'nobody' is not defined in the control file
control
  check file f path @D@/f
mode monitrc 644
run -t
exit 1
says permission 0644 is wrong, maximum 0700 allowed
