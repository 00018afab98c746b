"""The riders' street map: vector tiles that tilemaker writes by the profile in this folder, read again."""
