using System.Text.Json.Nodes;
using Xopc.Testing.Models;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>A state directory, the people and servers around it, and something that runs in it and dies.</summary>
internal abstract class FaultWorld : IAsyncDisposable
{
    public const string Labelled = "200001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    public const string Holding = "200002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    public const string Paired = "200003:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

    protected FaultWorld(string name, TelegramServer telegram)
    {
        (Name, Telegram) = (name, telegram);
        One = telegram.AddBot(Labelled, "one_bot");
        Two = telegram.AddBot(Holding, "two_bot");
        Three = telegram.AddBot(Paired, "three_bot");
    }

    /// <summary>Short; texts begin with it.</summary>
    public string Name { get; }

    public TelegramServer Telegram { get; }

    /// <summary>Marks what may be there twice.</summary>
    public FakeBot One { get; }

    /// <summary>Holds what may be there twice, and joins texts.</summary>
    public FakeBot Two { get; }

    /// <summary>Answers only whom the owner let in.</summary>
    public FakeBot Three { get; }

    public IReadOnlyList<FakeBot> Bots => [One, Two, Three];

    public abstract string State { get; }

    /// <summary>The points that are not reached as this world runs.</summary>
    public abstract bool Has(FaultCase point);

    /// <summary>Dies when the point is reached for the nth time from now, also in a process that is only started later.</summary>
    public abstract void Arm(string point, int nth);

    /// <summary>Waits for the death that was armed; false when the point was not reached.</summary>
    public abstract Task<bool> DiesAsync();

    /// <summary>Starts whatever is dead.</summary>
    /// <param name="dies">Whether it will be dead before it is up.</param>
    public abstract Task StartAsync(bool dies = false);

    /// <summary>At the API; throws where the answer does not come.</summary>
    public abstract Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string json, string idempotencyKey);

    public abstract string Describe();

    public abstract ValueTask DisposeAsync();

    protected static ModelScript Model { get; } = new()
    {
        ByText = static text =>
            text.Contains("tool ", StringComparison.Ordinal) ? new ModelScript { Tokens = [], ToolCalls = [new("", "read_file", """{"path":"note.txt"}""")], AfterTools = ["Done: ", text] }
            : text.Contains("slow ", StringComparison.Ordinal) ? new ModelScript { Echoes = true, BetweenTokens = TimeSpan.FromMilliseconds(40) }
            : new ModelScript { Echoes = true },
    };

    protected static JsonObject Channels(Uri telegram) => new()
    {
        ["telegram"] = new JsonObject
        {
            ["apiRoot"] = telegram.ToString().TrimEnd('/'), ["dmPolicy"] = "open", ["debounceMs"] = 0, ["textChunkLimit"] = 200,
            ["accounts"] = new JsonObject
            {
                ["one"] = new JsonObject { ["botToken"] = Labelled },
                ["two"] = new JsonObject { ["botToken"] = Holding, ["unknownDelivery"] = "hold", ["debounceMs"] = 60 },
                ["three"] = new JsonObject { ["botToken"] = Paired, ["dmPolicy"] = "pairing" },
            },
        },
    };
}
