using Microsoft.Data.Sqlite;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>Holds the databases of a world against the book of what people saw, when nothing is under way any more.</summary>
internal static class FaultAudit
{
    private const string Mark = "↻ This may be a repetition:\n";
    private const string Interrupted = "the gateway was restarted in the middle of it.";

    /// <summary>Waits until nothing is under way: neither on the server, nor in a table.</summary>
    public static async Task DrainAsync(FaultWorld world)
    {
        await using var agents = await FaultFiles.OpenAsync(world.State, "agents", "ReadOnly");
        await using var channels = await FaultFiles.OpenAsync(world.State, "channels", "ReadOnly");
        await using var inAgents = Open(agents, ("inbox", "ended_ms IS NULL"), ("runs", "ended_ms IS NULL"), ("outbox", "1 = 1"));
        await using var inChannels = Open(channels, ("intake", "ended_ms IS NULL"), ("outbox", "1 = 1"), ("inbox", "ended_ms IS NULL"), ("deliveries", "ended_ms IS NULL"));
        var last = "";
        var quiet = 0;
        await Wait.UntilAsync(
            async () =>
            {
                last = world.Bots.FirstOrDefault(bot => bot.PendingUpdates > 0) is { } bot ? $"{bot.PendingUpdates} updates of {bot}"
                    : (string)(await inAgents.ExecuteScalarAsync(Wait.Cancelled))! + (string)(await inChannels.ExecuteScalarAsync(Wait.Cancelled))!;
                quiet = last.Length == 0 ? quiet + 1 : 0;
                return quiet == 2; // what goes from one database to the other may be seen in neither, once
            },
            () => $"Still under way: {last}\n{world.Describe()}");
    }

    public static async Task<FaultTally> CheckAsync(FaultWorld world, FaultPeople people)
    {
        var intake = await FaultFiles.QueryAsync(world.State, "channels", "SELECT id, state, turn_id, reason FROM intake", row => (Id: row.GetString(0), State: row.GetString(1), Turn: row.IsDBNull(2) ? null : row.GetString(2), Reason: row.IsDBNull(3) ? "" : row.GetString(3)));
        var ledger = await FaultFiles.QueryAsync(
            world.State, "channels", "SELECT id, account_id, peer_id, text, state, turn_id FROM deliveries ORDER BY seq",
            row => new Line(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5)));
        var runs = (await FaultFiles.QueryAsync(world.State, "agents", "SELECT turn_id, state FROM runs", row => (Turn: row.GetString(0), State: row.GetString(1)))).ToLookup(run => run.Turn, run => run.State);
        var said = await FaultFiles.QueryAsync(world.State, "agents", "SELECT body FROM messages", row => row.GetString(0));

        foreach (var (id, state) in people.Expected)
        {
            var found = intake.Where(row => row.Id == id).ToList();
            Assert.True(found is [var one] && one.State == state, $"{id} became [{string.Join(", ", found)}], not one {state}.");
        }

        var turns = intake.Where(row => people.Expected.ContainsKey(row.Id) && row.Turn is not null).Select(row => (Turn: row.Turn!, row.State)).Distinct().ToList();
        foreach (var (turn, state) in turns)
        {
            Assert.True(runs[turn].Count() == (state == "turn" ? 1 : 0), $"{turn} had the runs [{string.Join(", ", runs[turn])}].");
            Assert.True(ledger.Count(line => line.Turn == turn) == 1, $"{turn} has {ledger.Count(line => line.Turn == turn)} answers.");
        }

        foreach (var words in people.Asked)
        {
            var times = said.Count(body => body.Contains("\"role\":\"user\"", StringComparison.Ordinal) && body.Contains(words, StringComparison.Ordinal));
            Assert.True(times == 1, $"“{words}” stands {times} times in the transcripts.");
        }

        foreach (var id in people.Accepted)
        {
            Assert.True(ledger.Count(line => line.Id == id) == 1, $"The message {id} was answered with 200 and is not in the ledger.");
        }

        Assert.Equal(0, await CountAsync(world, "agents", "SELECT COUNT(*) FROM dead_letters"));
        Assert.Equal(0, await CountAsync(world, "channels", "SELECT COUNT(*) FROM dead_letters"));
        Assert.Equal(intake.Count, intake.Select(row => row.Id).Distinct().Count());

        var marked = people.Places.Sum(place => CheckPlace(place.Account, place.Chat, ledger));
        var mine = ledger.Where(line => people.Places.Any(place => place.Account == line.Account && Key(place.Chat) == line.Peer)).ToList();
        var answers = mine.Where(line => line.Id.StartsWith("reply:", StringComparison.Ordinal)).ToList();
        foreach (var words in people.Asked)
        {
            Assert.True(
                answers.Any(line => line.Text.Contains(words, StringComparison.Ordinal) || line.Text.Contains(Interrupted, StringComparison.Ordinal)), $"“{words}” has no answer.");
        }

        var interrupted = answers.Count(line => line.Text.Contains(Interrupted, StringComparison.Ordinal));
        return new FaultTally(
            0, people.Expected.Count, answers.Count - interrupted, interrupted, mine.Count(line => line.State == "sent"), marked, mine.Count(line => line.State == "unknown"),
            mine.Count(line => line.State == "failed"), mine.Count(line => line.State == "expired"));
    }

    // Line by line, since a long text is several messages. How many messages bore the mark.
    private static int CheckPlace(string account, FakeChat chat, List<Line> ledger)
    {
        var deliveries = ledger.Where(line => line.Account == account && line.Peer == Key(chat)).ToList();
        var seen = chat.Messages.Where(message => message.Author.IsBot).ToList();
        var plain = seen.Where(message => !IsMarked(message)).SelectMany(message => Lines(message.Text)).ToList();
        var marked = seen.Where(IsMarked).SelectMany(message => Lines(message.Text[Mark.Length..])).ToList();
        var book = $"\nThe book of {chat}:\n{string.Join('\n', seen)}\nThe ledger:\n{string.Join('\n', deliveries)}";
        foreach (var line in deliveries.SelectMany(delivery => Lines(delivery.Text)).Concat(plain).Concat(marked).Distinct().ToList())
        {
            var sent = deliveries.Where(delivery => delivery.State == "sent").Sum(delivery => Lines(delivery.Text).Count(other => other == line));
            var all = deliveries.Sum(delivery => Lines(delivery.Text).Count(other => other == line));
            var (unmarked, repeated) = (plain.Count(other => other == line), marked.Count(other => other == line));
            Assert.True(unmarked <= all, $"“{line}” is there {unmarked} times without a mark, and was to be said {all} times.{book}");
            Assert.True(unmarked + repeated >= sent, $"“{line}” is there {unmarked + repeated} times, and was sent {sent} times.{book}");
            Assert.True(all > 0, $"Nobody said “{line}”.{book}");
        }

        Assert.All(deliveries, delivery => Assert.Contains(delivery.State, account == "two" ? ["sent", "unknown"] : (string[])["sent", "failed", "expired"]));
        CheckOrder(deliveries, [.. seen.SelectMany(message => Lines(IsMarked(message) ? message.Text[Mark.Length..] : message.Text))], book);
        return seen.Count(IsMarked);
    }

    private static void CheckOrder(List<Line> deliveries, List<string> seen, string book)
    {
        var answered = deliveries.Where(delivery => delivery.Id.StartsWith("reply:telegram:", StringComparison.Ordinal)).Select(delivery => int.Parse(delivery.Id.Split(':')[^1])).ToList();
        Assert.True(answered.SequenceEqual(answered.Order()), "The answers are not in the order of the questions." + book);

        // Where a line stands first; lines that were to be said more than once have no place of their own.
        var lines = deliveries.SelectMany(delivery => Lines(delivery.Text)).ToList();
        var places = lines.Where(line => lines.Count(other => other == line) == 1).Select(line => seen.IndexOf(line)).Where(place => place >= 0).ToList();
        Assert.True(places.SequenceEqual(places.Order()), "What people saw is not in the order of the ledger." + book);
    }

    // The first table that holds something open, in words; else nothing.
    private static SqliteCommand Open(SqliteConnection connection, params (string Table, string Where)[] tables)
    {
        var command = connection.CreateCommand();
        command.CommandText = $"SELECT CASE {string.Concat(tables.Select(table => $"WHEN EXISTS (SELECT 1 FROM {table.Table} WHERE {table.Where}) THEN 'rows of {table.Table}' "))}ELSE '' END";
        return command;
    }

    private static async Task<long> CountAsync(FaultWorld world, string database, string sql) => (await FaultFiles.QueryAsync(world.State, database, sql, row => row.GetInt64(0)))[0];

    private static bool IsMarked(SeenMessage message) => message.Text.StartsWith(Mark, StringComparison.Ordinal);

    private static string Key(FakeChat chat) => $"{chat.Id}";

    private static List<string> Lines(string text) => [.. text.Replace("`", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private sealed record Line(string Id, string Account, string Peer, string Text, string State, string? Turn);
}
