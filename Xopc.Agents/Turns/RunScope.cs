using System.Collections;

namespace Xopc.Agents.Turns;

/// <summary>The log scope of a run: everything that is logged within carries <c>SessionKey</c>, <c>TurnId</c> and <c>RunId</c>.</summary>
internal sealed class RunScope(ClaimedTurn claimed) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 3;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => KeyValuePair.Create<string, object?>("SessionKey", claimed.Run.SessionKey),
        1 => KeyValuePair.Create<string, object?>("TurnId", claimed.Row.Id),
        2 => KeyValuePair.Create<string, object?>("RunId", claimed.Run.RunId),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    public override string ToString() => $"run {claimed.Run.RunId}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
