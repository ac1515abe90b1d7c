"""The phone's media: Twilio's audio stream to and from Gemini Live. What is said and decided comes from shared/."""
