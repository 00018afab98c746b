"""yihui.observing: what operators see: metrics, traces, logs. Nothing here changes what is done."""
