namespace Xopc.Testing.Telegram;

/// <summary>A misbehaviour that was ordered. Ends after its number of calls, or when lifted.</summary>
public sealed class Fault : IDisposable
{
    private readonly FakeBot _bot;
    private readonly TaskCompletionSource _lifted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;
    private int _hits;

    internal Fault(FakeBot bot, FaultKind kind, string method, long? chatId, int times)
    {
        _bot = bot;
        Kind = kind;
        Method = method;
        ChatId = chatId;
        _left = times;
    }

    /// <summary>How many calls it has hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal FaultKind Kind { get; }

    internal string Method { get; }

    internal long? ChatId { get; }

    internal BotAnswer? Answer { get; init; }

    internal TimeSpan Delay { get; init; }

    internal Task Lifted => _lifted.Task;

    /// <summary>Hits no further call, and lets go of those it holds.</summary>
    public void Lift()
    {
        _bot.Faults.Remove(this);
        _lifted.TrySetResult();
    }

    public void Dispose() => Lift();

    /// <summary>Waits until it has hit so many calls.</summary>
    public Task HappenedAsync(int times, CancellationToken cancellationToken) => _bot.Changes.WaitAsync(
        () => Hits >= times ? this : null, () => $"the fault {Kind} of {Method} hit {Hits} calls, not {times}.", cancellationToken);

    /// <summary>True: hits this call. Called under the board's lock.</summary>
    internal bool TryHit(string method, long? chatId)
    {
        if (_left == 0 || (Method != "*" && !Method.Equals(method, StringComparison.OrdinalIgnoreCase)) || (ChatId is { } only && only != chatId))
        {
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>Makes a hit visible, once what it does has begun.</summary>
    internal void Count()
    {
        Interlocked.Increment(ref _hits);
        _bot.Signal();
    }
}
