"""What keepers' pages may call of the stations of the register."""

from yihui.cases.stations.changing import preview_days, preview_week, read_photo
from yihui.cases.stations.forms import (
    LONGEST_HOURS,
    LONGEST_PHONE,
    FacilitiesForm,
    HoursForm,
    NoteForm,
    PhoneForm,
    PointForm,
    StationForm,
)
from yihui.cases.stations.keeping import (
    StoredChange,
    describe_change,
    list_own_changes,
    store_entry,
    store_photo,
    take_entry_back,
    take_photo_back,
)

__all__ = [
    "LONGEST_HOURS",
    "LONGEST_PHONE",
    "FacilitiesForm",
    "HoursForm",
    "NoteForm",
    "PhoneForm",
    "PointForm",
    "StationForm",
    "StoredChange",
    "describe_change",
    "list_own_changes",
    "preview_days",
    "preview_week",
    "read_photo",
    "store_entry",
    "store_photo",
    "take_entry_back",
    "take_photo_back",
]
