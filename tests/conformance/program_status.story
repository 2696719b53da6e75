file check
  #!/bin/sh
  cat @D@/said
  exit $(cat @D@/code)
mode check 755
file said
  all is well
file code
  0
control
  check program p with path @D@/check
    if status != 0 then alert
start
status p OK
file said
  disk on fire
file code
  3
log 'p' status failed (3) -- disk on fire
status p Status failed
file code
  0
log 'p' status succeeded (0)
status p OK
stop
