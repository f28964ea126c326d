namespace Xopc.Scheduler.Schedules;

/// <summary>
/// When a job is due: instants in whole seconds. A pure function of its text, so that every scheduler and every restart finds the same instants, which name the occurrences.
/// </summary>
internal abstract record Schedule
{
    /// <summary>The first due instant after <paramref name="after"/>; null: never again.</summary>
    public abstract DateTimeOffset? NextAfter(DateTimeOffset after);

    /// <summary>The due instants after <paramref name="after"/>, up to and with <paramref name="until"/>, in order. May be very many: whoever asks stops.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset after, DateTimeOffset until)
    {
        for (var next = NextAfter(after); next is { } due && due <= until; next = NextAfter(due))
        {
            yield return due;
        }
    }
}
