using System.Diagnostics;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Driving;

/// <summary>
/// People who write to one bot, one after the other with the same pause in between, whether they were answered or not: who waits for an answer before he writes
/// again would not notice that nothing moves. Each message has a marker, and each answer is judged.
/// </summary>
internal sealed class Conversations
{
    private const int Tokens = 4;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private readonly FakeBot _bot;
    private readonly FakePerson[] _people;
    private readonly FakeChat[] _chats;
    private readonly List<SeenMessage>[] _written;

    public Conversations(TelegramServer server, FakeBot bot, int people)
    {
        _bot = bot;
        _people = [.. Enumerable.Range(0, people).Select(number => server.AddPerson($"{bot.Username}-{number}"))];
        _chats = [.. _people.Select(person => person.ChatWith(bot))];
        _written = [.. _people.Select(static _ => new List<SeenMessage>())];
    }

    public int Written => _written.Sum(static messages => messages.Count);

    /// <summary>Writes for so long, everybody in turn.</summary>
    public async Task WriteAsync(TimeSpan time, TimeSpan pause, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        for (var step = 0; step * pause < time; step++)
        {
            var wait = (step * pause) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, cancellationToken);
            }

            WriteOne(step % _people.Length);
        }
    }

    /// <summary>Waits until everything is answered. The failures, and from message to answer of what was written from <paramref name="skip"/> on.</summary>
    public async Task<(List<string> Failures, Samples Times)> JudgeAsync(int skip, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (_chats.Where((chat, number) => chat.FromBots.Count < _written[number].Count).Any() && Stopwatch.GetElapsedTime(began) < AnswerLimit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        var (failures, times) = (new List<string>(), new Samples());
        for (var number = 0; number < _chats.Length; number++)
        {
            Judge(number, skip / _chats.Length, failures, times);
        }

        return (failures, times);
    }

    private static string Marker(int chat, int message) => $"c{chat}m{message}";

    private void WriteOne(int number)
    {
        var text = EchoText.Message(Marker(number, _written[number].Count + 1), Tokens);
        _written[number].Add(_people[number].Writes(_bot, text));
    }

    private void Judge(int number, int skip, List<string> failures, Samples times)
    {
        var answers = _chats[number].FromBots;
        if (answers.Count != _written[number].Count)
        {
            failures.Add($"{_written[number].Count} messages and {answers.Count} answers in chat {number}");
        }

        for (var i = 0; i < Math.Min(answers.Count, _written[number].Count); i++)
        {
            var right = EchoText.Answer($"[[{Marker(number, i + 1)}]]", i + 1, Tokens);
            if (answers[i].Text != right)
            {
                failures.Add($"chat {number} was answered '{answers[i].Text}' instead of '{right}'");
            }
            else if (i >= skip)
            {
                // An answer that grew is there with its last edit.
                var at = answers[i].Edits is [.., var last] ? last.At : answers[i].At;
                times.Add((at - _written[number][i].At).TotalMilliseconds);
            }
        }
    }
}
