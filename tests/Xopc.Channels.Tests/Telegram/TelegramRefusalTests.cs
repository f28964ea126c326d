using Xopc.Channels.Deliveries;
using Xopc.Channels.Telegram;

namespace Xopc.Channels.Tests.Telegram;

public sealed class TelegramRefusalTests
{
    [Theory]
    [InlineData(403, "Forbidden: bot was blocked by the user", true)]
    [InlineData(403, "Forbidden: bot was kicked from the supergroup chat", true)]
    [InlineData(403, "Forbidden: user is deactivated", true)]
    [InlineData(400, "Bad Request: chat not found", true)]
    [InlineData(400, "Bad Request: PEER_ID_INVALID", true)]
    [InlineData(400, "Bad Request: message is too long", false)]
    public void What_is_refused_for_good_says_whether_the_peer_is_gone(int code, string description, bool ofPeer) =>
        Assert.Equal(new SendResult.Refused(description, ofPeer), new TelegramRefusal(code, description).ToResult());

    [Theory]
    [InlineData(401, true)]
    [InlineData(404, true)]
    [InlineData(500, false)]
    [InlineData(502, false)]
    public void A_bad_token_stops_the_account_and_a_fault_of_the_server_the_peer_alone(int code, bool ofAccount) =>
        Assert.Equal(ofAccount, Assert.IsType<SendResult.Later>(new TelegramRefusal(code, "…").ToResult()).OfAccount);

    [Fact]
    public void A_pause_is_as_long_as_Telegram_asks() =>
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<SendResult.Later>(new TelegramRefusal(429, "Too Many Requests: retry after 7", 7).ToResult()).After);

    [Fact]
    public void A_group_that_became_a_supergroup_has_moved() =>
        Assert.Equal(new SendResult.Moved("-1001234567890"), new TelegramRefusal(400, "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: -1001234567890).ToResult());

    [Theory]
    [InlineData("Bad Request: can't parse entities: bold and code overlap", true, false)]
    [InlineData("Bad Request: message thread not found", false, true)]
    [InlineData("Bad Request: TOPIC_CLOSED", false, true)]
    [InlineData("Bad Request: message is too long", false, false)]
    public void What_may_go_without_its_form_or_its_topic_is_known(string description, bool format, bool thread)
    {
        var refusal = new TelegramRefusal(400, description);

        Assert.Equal((format, thread), (refusal.IsOfFormat, refusal.IsOfThread));
    }
}
