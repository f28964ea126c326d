using System.Text;
using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>The people and programs of one round: new ones each time, so that every conversation begins with it. They write down what they expect.</summary>
internal sealed class FaultPeople(FaultWorld world, int round, Random random)
{
    private readonly List<Task> _clients = [];
    private int _said;

    /// <summary>Where the round's messages are seen, with the account they belong to.</summary>
    public List<(string Account, FakeChat Chat)> Places { get; } = [];

    /// <summary>Id of an update's message, and what has to become of it.</summary>
    public Dictionary<string, string> Expected { get; } = new(StringComparer.Ordinal);

    /// <summary>Words that have to stand once in a transcript, and in an answer unless that was interrupted.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Ids of deliveries that the API was told are accepted.</summary>
    public List<string> Accepted { get; } = [];

    public void Begin(Traffic traffic)
    {
        var acts = Enum.GetValues<Traffic>().Where(one => one != Traffic.None && traffic.HasFlag(one)).ToArray();
        random.Shuffle(acts);
        foreach (var act in acts)
        {
            Act(act);
        }
    }

    /// <summary>Somebody writes while nobody is there to read it.</summary>
    public void WriteMeanwhile() => Writes(Person(world.One), world.One, Words(""));

    /// <summary>Completes when every client of the API has its answer.</summary>
    public Task AnsweredAsync() => Task.WhenAll(_clients).WaitAsync(Wait.Generous, Wait.Cancelled);

    /// <summary>Completes when a client was told something it should not be told; else never.</summary>
    public async Task FailAsync()
    {
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_clients.TrueForAll(client => client.IsCompletedSuccessfully))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Wait.Cancelled);
        }
    }

    private void Act(Traffic act)
    {
        switch (act)
        {
            case Traffic.Texts:
                var anna = Person(world.One);
                Writes(anna, world.One, Words(""));
                Writes(anna, world.One, Words(""));
                break;
            case Traffic.Photo:
                var ben = Person(world.One);
                var caption = Words("");
                ben.In(world.One).SendsPhoto(Encoding.UTF8.GetBytes("picture " + caption), caption);
                Expect(world.One, "turn");
                break;
            case Traffic.Long:
                var token = Words("");
                Asked.Remove(token);
                Asked.Add(token + "00");
                Writes(Person(world.One), world.One, string.Join('\n', Enumerable.Range(0, 7).Select(i => $"{token}{i:00} and more words to fill the line")));
                break;
            case Traffic.Command:
                Person(world.One).Writes(world.One, $"/model {Words("", asked: false)}");
                Expect(world.One, "command");
                break;
            case Traffic.Stranger:
                Person(world.Three).Writes(world.Three, "let me in");
                Expect(world.Three, "pairing");
                break;
            case Traffic.Joined:
                var emil = Person(world.Two);
                Writes(emil, world.Two, Words(""));
                Writes(emil, world.Two, Words(""));
                break;
            case Traffic.Group:
                Speak();
                break;
            case Traffic.Tool:
                Writes(Person(world.One), world.One, Words("tool "));
                break;
            case Traffic.Slow:
                Writes(Person(world.One), world.One, Words("slow ") + " one two three four five six seven eight nine ten eleven twelve thirteen");
                break;
            case Traffic.Message:
                _clients.Add(SendAsync(Person(world.One)));
                break;
            case Traffic.Sync:
                _clients.Add(AskAsync(Person(world.One)));
                break;
            case Traffic.Refused:
                var leo = Person(world.One);
                world.One.When("sendMessage").In(leo.ChatWith(world.One)).Times(1).Refuses(400, "Bad Request: the message cannot be sent");
                _clients.Add(SendAsync(leo));
                break;
            case Traffic.Later:
                var mia = Person(world.One);
                world.One.When("sendMessage").In(mia.ChatWith(world.One)).Times(1).TooManyRequests(1);
                _clients.Add(SendAsync(mia));
                break;
        }
    }

    private void Speak()
    {
        var group = world.Telegram.AddSupergroup($"Team {round}", isForum: false, world.One);
        var gina = world.Telegram.AddPerson($"Gina {round}");
        Places.Add(("one", group));
        gina.Writes(group, "among ourselves");
        Expect(world.One, "not-for-us");
        gina.Writes(group, $"@one_bot {Words("")}");
        Expect(world.One, "turn");
    }

    private FakePerson Person(FakeBot bot)
    {
        var person = world.Telegram.AddPerson($"P{round} {Places.Count}");
        Places.Add((AccountOf(bot), person.ChatWith(bot)));
        return person;
    }

    // Unlike every other words that are said in this world.
    private string Words(string before, bool asked = true)
    {
        var words = $"{before}{world.Name}x{round:000}y{_said++:00}z";
        if (asked)
        {
            Asked.Add(words);
        }

        return words;
    }

    private void Writes(FakePerson person, FakeBot bot, string text)
    {
        person.Writes(bot, text);
        Expect(bot, "turn");
    }

    private void Expect(FakeBot bot, string state) => Expected.Add($"telegram:{AccountOf(bot)}:{bot.Updates[^1].UpdateId}", state);

    private string AccountOf(FakeBot bot) => bot == world.One ? "one" : bot == world.Two ? "two" : "three";

    private async Task SendAsync(FakePerson person)
    {
        var words = Words("", asked: false);
        var body = new JsonObject { ["channel"] = "telegram", ["account_id"] = "one", ["accountId"] = "one", ["chat_id"] = $"{person.Id}", ["content"] = words };
        var answer = await UntilAnsweredAsync("/api/message", body, words);
        lock (Accepted)
        {
            Accepted.Add((string)answer["message_id"]!);
        }
    }

    private async Task AskAsync(FakePerson person)
    {
        var words = Words("");
        var body = new JsonObject { ["channel"] = "telegram", ["accountId"] = "one", ["chat_id"] = $"{person.Id}", ["content"] = words, ["deliver"] = true };
        await UntilAnsweredAsync("/api/message/sync", body, words);
    }

    // As a program does that was promised that the same key happens once: again, until somebody answers.
    private async Task<JsonNode> UntilAnsweredAsync(string path, JsonObject body, string key)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                var (status, answer) = await world.SendAsync(HttpMethod.Post, path, body.ToJsonString(), key);
                if (status == 200 || (string?)answer?["error"]?["code"] == "AGENT_ERROR")
                {
                    return answer!;
                }

                Assert.True(status >= 500 || status == 429, $"{path}: {status} {answer}");
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException || (ex is OperationCanceledException && !Wait.Cancelled.IsCancellationRequested))
            {
                // Nobody there, or gone in the middle.
            }

            await Wait.MomentAsync();
        }
    }
}
