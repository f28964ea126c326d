using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Redis;

/// <summary>A remote watcher's place in a run's stream. Same answers as <see cref="Messaging.Runs.RunBuffer"/> gives for the same position.</summary>
internal sealed class RunTail(RunUpdateId? after)
{
    private RunUpdateId? _position = after <= new RunUpdateId(1, 0) ? null : after; // null: before the first
    private bool _placed;
    private bool _void;

    public bool Ended { get; private set; }

    /// <summary>Where to read from. The first read includes the position itself: that it is there proves that nothing after it is missing.</summary>
    public string From => _position is not { } position ? "-" : _placed ? $"({RedisRunLog.EntryId(position)}" : RedisRunLog.EntryId(position);

    /// <summary>Takes what was read from <see cref="From"/>.</summary>
    /// <exception cref="InvalidDataException">An entry is nobody's of ours: what follows cannot be told.</exception>
    public RunUpdates Advance(List<RawEntry> entries)
    {
        if (entries.Count == 0)
        {
            return new RunUpdates([], true);
        }

        var updates = entries.ConvertAll(entry => new RunUpdate(IdOf(entry), entry.Text("t"), entry.Bytes("d"), entry.Text("e") == "1"));
        var complete = !_void && Follows(updates[0].Id);
        Ended = updates[^1].IsTerminal;
        if (!_placed && updates[0].Id == _position)
        {
            updates.RemoveAt(0);
        }

        (_placed, _void) = (true, false);
        if (updates.Count > 0)
        {
            _position = updates[^1].Id;
        }

        return new RunUpdates(updates, complete);
    }

    /// <summary>Nothing was there to read. True: the position lies past <paramref name="newest"/>, so it is of another log; the reading begins anew.</summary>
    public bool IsPast(RawEntry newest)
    {
        if (_position is not { } position || IdOf(newest) >= position)
        {
            return false;
        }

        (_position, _void) = (null, true);
        return true;
    }

    private bool Follows(RunUpdateId first) => _position switch
    {
        null => first == new RunUpdateId(1, 1),
        { } position when position.Attempt == first.Attempt => first.Seq == position.Seq + 1 || (!_placed && first == position),
        // What a dead writer had after the position was shown to nobody, if the position was in the log.
        _ => _placed && first.Seq == 1,
    };

    private static RunUpdateId IdOf(RawEntry entry) =>
        entry.TryNumbers(out var attempt, out var seq) && attempt <= int.MaxValue ? new RunUpdateId((int)attempt, seq) : throw new InvalidDataException("An entry of a run's log is none of ours.");
}
