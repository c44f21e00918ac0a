"""``hubctl timetable``: a timetable as a picture with capacity and cost, and one made from what happened."""
