using Telegram.Bot;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class BookTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_clients_at_once_lose_nothing_and_the_book_is_in_order()
    {
        await using var api = await BotApiFixture.StartAsync();
        const int Each = 200;
        var chats = Enumerable.Range(0, 8).Select(number => api.Server.AddPerson($"P{number}").ChatWith(api.Bot)).ToList();

        await Task.WhenAll(chats.Select(async chat =>
        {
            for (var message = 0; message < Each; message++)
            {
                await api.Client.SendMessage(chat.Id, $"{message}", cancellationToken: Cancel);
            }
        }));

        Assert.All(chats, chat => Assert.Equal(Enumerable.Range(0, Each).Select(message => $"{message}"), chat.Messages.Select(message => message.Text)));
        var orders = chats.SelectMany(chat => chat.Messages).Select(message => message.Order).ToList();
        Assert.Equal(orders.Count, orders.Distinct().Count());
        await api.Bot.WaitForAnswersAsync("sendMessage", 200, chats.Count * Each, Cancel);
        Assert.Equal(chats.Count * Each, api.Bot.CallCount("sendMessage"));
    }

    [Fact]
    public async Task A_flood_of_updates_is_handed_out_once_each_in_order()
    {
        await using var api = await BotApiFixture.StartAsync();
        const int Flood = 10_000;
        for (var message = 0; message < Flood; message++)
        {
            api.Anna.Writes(api.Bot, $"{message}");
        }

        var received = new List<string>();
        for (var offset = 0; received.Count <= Flood;)
        {
            var batch = await api.Client.GetUpdates(offset, cancellationToken: Cancel);
            if (batch.Length == 0)
            {
                break;
            }

            received.AddRange(batch.Select(update => update.Message!.Text!));
            offset = batch[^1].Id + 1;
        }

        Assert.Equal(Enumerable.Range(0, Flood).Select(message => $"{message}"), received);
        Assert.Equal(0, api.Bot.PendingUpdates);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_is_given_up_at_once()
    {
        await using var api = await BotApiFixture.StartAsync();
        using var givenUp = new CancellationTokenSource();
        var wait = api.Chat.SeesAsync("never", givenUp.Token);
        await givenUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }
}
