using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Telegram.Bot;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram.BotApi;

/// <summary>A server with one bot and one person, the client the product uses, and a bare one.</summary>
internal sealed class BotApiFixture : IAsyncDisposable
{
    private readonly HttpClient _clientOfBot = new();

    private BotApiFixture(TelegramServer server, FakeTimeProvider clock)
    {
        Server = server;
        Clock = clock;
        Bot = server.AddBot("4242:secret", "xopc_bot");
        Anna = server.AddPerson("Anna", "anna");
        Chat = Anna.ChatWith(Bot);
        Client = new TelegramBotClient(
            new TelegramBotClientOptions(Bot.Token, server.Address.ToString().TrimEnd('/')) { RetryCount = 0, RetryThreshold = 0 }, _clientOfBot);
        Http = new HttpClient { BaseAddress = new Uri(server.Address, $"/bot{Bot.Token}/") };
    }

    public TelegramServer Server { get; }

    public FakeTimeProvider Clock { get; }

    public FakeBot Bot { get; }

    public FakePerson Anna { get; }

    public FakeChat Chat { get; }

    public TelegramBotClient Client { get; }

    public HttpClient Http { get; }

    public static async Task<BotApiFixture> StartAsync()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        return new BotApiFixture(await TelegramServer.StartAsync(clock), clock);
    }

    /// <summary>A call with a JSON body; the answer whatever its status.</summary>
    public async Task<JsonNode> CallAsync(string method, object parameters)
    {
        using var response = await Http.PostAsJsonAsync(method, parameters, TestContext.Current.CancellationToken);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>A call that is refused; what the refusal says.</summary>
    public async Task<string> RefusalAsync(string method, object parameters)
    {
        var answer = await CallAsync(method, parameters);
        Assert.False((bool)answer["ok"]!);
        return (string)answer["description"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Http.Dispose();
        _clientOfBot.Dispose();
    }
}
