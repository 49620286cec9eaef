import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A conversation: a question, one whose answer is streamed, a share, the end. From Java 17 on:
 * {@code TOKEN=alice java Chat.java}
 */
public class Chat {
    static final String ALICE = System.getenv().getOrDefault("ALICE_URL", "http://localhost:7777");
    static final String TOKEN = System.getenv("TOKEN");
    static final int ATTEMPTS = 5;
    static final int LONGEST_WAIT_S = 60;
    static final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    static final PrintStream out = new PrintStream(System.out, true, UTF_8);

    /** Opens the answer of POST /chatgpt/path; busy ones (with Retry-After) are asked again in time. */
    static HttpResponse<InputStream> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(ALICE + "/chatgpt/" + path))
                .timeout(Duration.ofMinutes(5))
                .header("token", TOKEN)
                .POST(BodyPublishers.ofString(body));
        if (headers.length > 0) request.headers(headers);
        for (int attempt = 1; ; attempt++) {
            var answer = client.send(request.build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() == 200) return answer;
            String sentence = answer.statusCode() + ": " + text(answer);
            long wait = answer.headers().firstValueAsLong("Retry-After").orElse(Long.MAX_VALUE);
            if (wait > LONGEST_WAIT_S || attempt == ATTEMPTS) throw new IOException(sentence);
            Thread.sleep(wait * 1_000);
        }
    }

    static String text(HttpResponse<InputStream> answer) throws IOException {
        try (var body = answer.body()) {
            return new String(body.readAllBytes(), UTF_8);
        }
    }

    /**
     * Hands over the answer's pieces. An answer without [DONE] is not complete, and nothing of it is
     * kept.
     */
    static void askStreamed(String conversation, String question, Consumer<String> take)
            throws IOException, InterruptedException {
        var answer = post("chat", question, "conversation", conversation, "Accept", "text/event-stream");
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
            String name = "message";
            List<String> data = new ArrayList<>();
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("data:")) {
                    data.add(line.substring(line.startsWith("data: ") ? 6 : 5));
                } else if (line.startsWith("event:")) {
                    name = line.substring("event:".length()).strip();
                } else if (line.isEmpty() && !data.isEmpty()) {
                    String text = String.join("\n", data);
                    if (name.equals("error")) throw new IOException(text);
                    if (text.equals("[DONE]")) return;
                    take.accept(text);
                    name = "message";
                    data.clear();
                }
            }
        }
        throw new IOException("The answer broke off");
    }

    static void run() throws IOException, InterruptedException {
        String conversation = text(post("createTurbo", "You are a patient teacher."));
        out.println(text(post("chat", "Why is the sky blue?", "conversation", conversation)));
        askStreamed(conversation, "And at night?", piece -> {
            out.print(piece);
            out.flush();
        });
        out.println();

        var stored = post("store", "", "conversation", conversation);
        String share = stored.headers().firstValue("share").orElseThrow();
        // Open to all: no token.
        var open = HttpRequest.newBuilder(URI.create(ALICE + "/chatgpt/share/" + share)).build();
        out.println(client.send(open, BodyHandlers.ofString()).body());
        out.println(text(post("finish", "", "conversation", conversation)));
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            if (TOKEN == null) throw new IOException("TOKEN is not set");
            run();
        } catch (IOException error) {
            System.err.println(error.getMessage() == null ? error : error.getMessage());
            System.exit(1);
        }
    }
}
