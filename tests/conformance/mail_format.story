# Sender, subject and message as the format says, with the words that stand for facts.
control
  set mailserver 127.0.0.1 port @SMTP@
  set mail-format { from: me@example.org
    reply-to: you@example.org
    subject: [$SERVICE] $EVENT
    message: $ACTION of $SERVICE: $DESCRIPTION. }
  check file gone path @D@/gone
    alert ops@example.org only on { nonexist }
start
mail [gone] Does not exist
  MAIL FROM: <me@example.org>
  RCPT TO: <ops@example.org>
  From: me@example.org
  Reply-To: you@example.org
  Subject: [gone] Does not exist
  restart of gone: file doesn't exist.
stop
