file f
  12345
mode f 640
control
  check system box
  check file f path @D@/f
start
status f OK
status box OK
run -B summary
exit 0
says Service Name Status Type
says f OK File
says box OK System
run -B status f
exit 0
says File 'f'
says status OK
says monitoring status Monitored
says monitoring mode active
says on reboot start
says permission 640
says size 6 B
not System 'box'
run -B report
exit 0
stop
