# Only lines written after the start count, and those to be ignored do not.
file app.log
  an ERROR of yesterday
control
  check file app path @D@/app.log
    ignore content = "harmless"
    if content = "ERROR" then alert
start
status app OK
append app.log ERROR but harmless
append app.log an ERROR of today
log 'app' content match:
log an ERROR of today
stop
never ERROR of yesterday
never but harmless
