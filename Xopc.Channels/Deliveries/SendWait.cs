namespace Xopc.Channels.Deliveries;

/// <summary>How long a message has to wait.</summary>
/// <param name="Time">Zero: it may go now.</param>
/// <param name="IsPause">Whether the platform told the whole account to wait: nothing of the message itself holds it back.</param>
internal readonly record struct SendWait(TimeSpan Time, bool IsPause)
{
    public static readonly SendWait None = new(TimeSpan.Zero, IsPause: false);

    public bool MayGo => Time <= TimeSpan.Zero;
}
