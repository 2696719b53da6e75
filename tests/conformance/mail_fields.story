# An alert: whom it is for, and what it says by default.
control
  set mailserver 127.0.0.1 port @SMTP@
  set alert admin@example.org
  check file gone path @D@/gone
start
mail Does not exist gone
  RCPT TO: <admin@example.org>
  Subject: monit alert --  Does not exist gone
  To: admin@example.org
  Does not exist Service gone
  Action:      restart
  Description: file doesn't exist
  Your faithful employee,
file gone
  x
mail Exists gone
  Subject: monit alert --  Exists gone
stop
