using System.Globalization;

namespace Xopc.Agents.Events;

/// <summary>A place in the one order of events; printed <c>{epoch}-{seq}</c>, opaque to clients.</summary>
internal readonly record struct EventPosition(string Epoch, long Seq)
{
    public static EventPosition? Parse(string? text)
    {
        var dash = text?.LastIndexOf('-') ?? -1;
        return dash > 0 && long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? new EventPosition(text![..dash], seq)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Seq}");
}
