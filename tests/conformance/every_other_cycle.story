control
  check file seldom path @D@/none every "* * 31 2 *"
  check file f path @D@/none every 2 cycles
start
log 'f' file doesn't exist
stop
never 'seldom' file
