using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Tests.Redaction;

public sealed class RedactorTests
{
    private const string BotToken = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pM";

    public static TheoryData<string, string> Secrets => new()
    {
        { "GATEWAY_TOKEN=Canary42", "Canary42" },
        { "OPENAI_API_KEY = Canary42", "Canary42" },
        { "MY_KEY=Canary42 next", "Canary42" },
        { """{"apiKey":"Canary42","model":"x"}""", "Canary42" },
        { """{\"password\": \"Canary42 with spaces\"}""", "Canary42 with spaces" },
        { """{"client_secret":"a\"Canary42"}""", "Canary42" },
        { "refresh_token: Canary42", "Canary42" },
        { "privateKey=Canary42", "Canary42" },
        { "Authorization: Bearer Canary42", "Canary42" },
        { "authorization = Basic dXNlcjpDYW5hcnk0Mg==", "dXNlcjpDYW5hcnk0Mg" },
        { "sent bearer Canary42.abc", "Canary42" },
        { "X-Api-Key: Canary42", "Canary42" },
        { "Cookie: a=Canary41; b=Canary42", "Canary42" },
        { "GET /api/events?from=1&token=Canary42&x=2", "Canary42" },
        { "GET /login?code=Canary42", "Canary42" },
        { "redis://user:Canary42@host:6379", "Canary42" },
        { "localhost:6379,password=Canary42,ssl=true", "Canary42" },
        { "used sk-Canary4242", "Canary42" },
        { "used ghp_Canary4242 and", "Canary42" },
        { "used github_pat_11Canary4242", "Canary42" },
        { "xoxb-Canary-4242", "Canary" },
        { "eyJhbGciOiJIUzI1NiJ9.eyJDYW5hcnkiOjF9.c2lnbmF0dXJl", "eyJDYW5hcnkiOjF9" },
        { $"token is {BotToken} here", BotToken },
        { $"https://api.telegram.org/bot{BotToken}/getMe", BotToken },
        { $"https://api.telegram.org/file/bot{BotToken}/photos/1.jpg", BotToken },
        { "https://proxy/bot123456:short/getMe", "short" },
        { $"https://proxy/bot{Uri.EscapeDataString(BotToken)}/x", "AAEhBOweik6ad9r" },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIICanary42\n-----END RSA PRIVATE KEY-----", "Canary42" },
        { "-----BEGIN PRIVATE KEY-----\nMIICanary42 cut off", "Canary42" },
        { """{"credentials":{"user":"u","pin":"Canary42"}}""", "Canary42" },
        { "PASSWORD='Canary42 two words'", "words" },
    };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void A_secret_is_taken_out_of_free_text(string text, string secret)
    {
        var clean = new Redactor(new SecretRegistry()).Redact(text);

        Assert.DoesNotContain(secret, clean, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Run main:telegram:default:dm:123 finished after 12:34:56")]
    [InlineData("used 512 tokens, input_tokens=500, output tokens: 12")]
    [InlineData("sessionKey=main:webchat:default:dm:1 idempotencyKey=abc")]
    [InlineData("Missing authentication token")]
    [InlineData("Bearer token missing")]
    [InlineData("Listening on http://127.0.0.1:18790/health?verbose=1")]
    [InlineData("mail to someone@example.org")]
    [InlineData("the task-force met at disk-1234")]
    [InlineData("")]
    public void Ordinary_text_stays_the_same_instance_or_text(string text) => Assert.Equal(text, new Redactor(new SecretRegistry()).Redact(text));

    [Fact]
    public void A_long_secret_keeps_enough_to_tell_two_keys_apart_and_a_short_one_nothing()
    {
        Assert.Equal("sk-123…wxyz", Redactor.MaskValue("sk-1234567890abcdefwxyz"));
        Assert.Equal("***", Redactor.MaskValue("seventeen-letters"));
    }

    [Fact]
    public void A_registered_secret_is_masked_wherever_it_stands_also_encoded_and_also_when_patterns_are_off()
    {
        var secrets = new SecretRegistry();
        Assert.True(secrets.Register("correct horse/42"));
        Assert.True(secrets.Register("correct horse/42/longer"));
        var redactor = new Redactor(secrets, patterns: false);

        var clean = redactor.Redact("said correct horse/42, correct%20horse%2F42 and correct horse/42/longer; apiKey=left");

        Assert.Equal("said ***, *** and ***; apiKey=left", clean);
    }

    [Fact]
    public void A_forgotten_secret_is_text_again_and_short_ones_are_not_taken()
    {
        var secrets = new SecretRegistry();
        secrets.Register("canary");
        secrets.Forget("canary");

        Assert.False(secrets.Register("abc"));
        Assert.False(secrets.Register(null));
        Assert.Equal("canary abc", new Redactor(secrets).Redact("canary abc"));
    }

    [Fact]
    public void The_number_of_registered_secrets_is_bounded()
    {
        var secrets = new SecretRegistry();
        for (var i = 0; i < SecretRegistry.Capacity; i++)
        {
            secrets.Register($"secret-{i}");
        }

        Assert.True(secrets.Register("secret-1"));
        Assert.Throws<InvalidOperationException>(() => secrets.Register("one too many"));
    }

    [Theory]
    [InlineData(90)]
    [InlineData(95)]
    [InlineData(100)]
    public void Cutting_a_long_text_never_leaves_half_a_registered_secret(int before)
    {
        var secrets = new SecretRegistry();
        secrets.Register("Canary-of-twenty-char");

        var clean = new Redactor(secrets).Redact(new string('x', before) + "Canary-of-twenty-char" + new string('y', 10_000), limit: 100);

        Assert.DoesNotContain("Can", clean, StringComparison.Ordinal);
        Assert.True(clean.Length < 150);
    }

    [Fact]
    public void A_secret_at_the_end_of_the_searched_window_does_not_slide_into_view_when_masking_shortens_the_text()
    {
        var secrets = new SecretRegistry();
        secrets.Register(new string('s', 4000));
        secrets.Register("Canary-of-twenty-char");
        var text = new string('s', 4000) + new string('y', 186) + "Canary-of-twenty-char" + new string('z', 10_000);

        var clean = new Redactor(secrets).Redact(text, limit: 100);

        Assert.DoesNotContain("Can", clean, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_text_is_searched_in_bounded_time_or_withheld()
    {
        var redactor = new Redactor(new SecretRegistry());
        foreach (var piece in (string[])["token", "-----BEGIN PRIVATE KEY", "\"password\":\"\\", "authorization: bearer ", "://a:", "a_KEYtoken=", "secret={", "1:", "123456:", "xoxb-", "eyJaaaaaa."])
        {
            var hostile = string.Concat(Enumerable.Repeat(piece, 20_000 / piece.Length));

            Assert.NotNull(redactor.Redact(hostile));
        }
    }

    [Theory]
    [InlineData("apiKey", true)]
    [InlineData("API_KEY", true)]
    [InlineData("x-api-key", true)]
    [InlineData("BotToken", true)]
    [InlineData("refresh_token", true)]
    [InlineData("Passwd", true)]
    [InlineData("credentials", true)]
    [InlineData("Authorization", true)]
    [InlineData("http.request.header.authorization", true)]
    [InlineData("sessionKey", false)]
    [InlineData("InputTokens", false)]
    [InlineData("key", false)]
    [InlineData("Path", false)]
    [InlineData("", false)]
    public void Field_names_that_hold_secrets_are_known(string name, bool secret) => Assert.Equal(secret, new Redactor(new SecretRegistry()).IsSecretName(name));
}
