"""What is open: state, commands, undo history, autosave journal. No Qt."""
