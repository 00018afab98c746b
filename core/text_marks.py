"""The mark of a text that the message catalogue translates."""

N_ = str  # a text is translated where it is shown, see `yihui.runtime.language`
