"""Shapes and ranges of scheduling's JSON. Whether something may be done is asked elsewhere."""
# ruff: noqa: F401

from .appointments import (
    AppointmentSchema,
    AppointmentsSchema,
    BookAppointmentSchema,
    BookedSchema,
)
from .calendar import (
    ExplanationSchema,
    HoldInputSchema,
    HoldSchema,
    PractitionersSchema,
    SlotSchema,
    SlotsSchema,
    VisitTypesSchema,
)
from .changes import (
    CancelSchema,
    HistorySchema,
    MoveSchema,
    ReasonSchema,
    RoomSchema,
    StepSchema,
)
from .closures import (
    ChooseAlternativeSchema,
    ClosureInputSchema,
    ClosurePreviewSchema,
    ClosureSchema,
)
from .lists import AppointmentsQuerySchema, ExplainQuerySchema, SlotsQuerySchema
from .people import (
    ContactChangedSchema,
    ContactChangeSchema,
    MergedSchema,
    MergePreviewQuerySchema,
    MergePreviewSchema,
    MergeSchema,
    PatientsQuerySchema,
    PatientsSchema,
)
from .schedule import (
    BlockInputSchema,
    CalendarDayInputSchema,
    ChangedSchema,
    DaysQuerySchema,
    HolidayQuerySchema,
    HolidaysSchema,
    HoursInputSchema,
    ScheduleSchema,
)
from .tasks import ResolveTaskSchema, TaskSchema, TasksQuerySchema, TasksSchema
from .waitlist import (
    JoinedSchema,
    JoinWaitlistSchema,
    OfferInputSchema,
    OfferSchema,
    WaitlistQuerySchema,
    WaitlistSchema,
)
