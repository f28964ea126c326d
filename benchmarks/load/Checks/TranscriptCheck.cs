using Xopc.Load.Model;

namespace Xopc.Load.Checks;

/// <summary>One turn as its client saw it; times are timestamps of one clock.</summary>
internal sealed record SeenTurn(string Marker, int Client, int Number, long Sent, long Received);

/// <summary>One row of a transcript.</summary>
internal sealed record TranscriptRow(string Role, string Text);

/// <summary>
/// Compares a session's transcript with what the clients saw. Order is kept when every user message is followed by its own answer, every client's turns stand in
/// the order in which it asked, and no turn stands behind one that was asked after its answer had arrived.
/// </summary>
internal sealed record TranscriptCheck(int Missing, int Doubled, int Unpaired, int OutOfOrder)
{
    public int Bad => Missing + Doubled + Unpaired + OutOfOrder;

    public static TranscriptCheck Of(IReadOnlyList<TranscriptRow> rows, IReadOnlyCollection<SeenTurn> turns)
    {
        var seen = turns.ToDictionary(static turn => $"[[{turn.Marker}]]", StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var lastOfClient = new Dictionary<int, int>();
        var (doubled, unpaired, disorder) = (0, 0, 0);
        var latestSent = long.MinValue;
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Role != "user" || EchoText.MarkerOf(rows[i].Text) is not { } marker || !seen.TryGetValue(marker, out var turn))
            {
                continue;
            }

            if (!found.Add(marker))
            {
                doubled++;
                continue;
            }

            unpaired += i + 1 < rows.Count && rows[i + 1].Role == "assistant" && EchoText.MarkerOf(rows[i + 1].Text) == marker ? 0 : 1;
            var own = lastOfClient.TryGetValue(turn.Client, out var before) && before > turn.Number;
            disorder += own || turn.Received < latestSent ? 1 : 0;
            lastOfClient[turn.Client] = turn.Number;
            latestSent = Math.Max(latestSent, turn.Sent);
        }

        var answers = rows.Where(static row => row.Role == "assistant").Select(static row => EchoText.MarkerOf(row.Text)).Where(static marker => marker is not null);
        doubled += answers.GroupBy(static marker => marker).Sum(static group => group.Count() - 1);
        return new TranscriptCheck(seen.Count - found.Count, doubled, unpaired, disorder);
    }

    public override string ToString() => Bad == 0 ? "order kept" : $"{OutOfOrder} out of order, {Unpaired} without their answer behind them, {Missing} missing, {Doubled} doubled";
}
